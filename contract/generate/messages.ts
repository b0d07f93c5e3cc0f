/** Messages that stand for one value, around what their own types allow: google.type.Money, google.protobuf.Timestamp. */
import { create, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { type Candidate, either, invalid, valid } from './candidate.ts';
import { isRequired } from './rules.ts';

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

interface Amount {
  readonly currencyCode?: string;
  readonly units?: bigint;
  readonly nanos?: number;
}

/** The contract's rules on amounts are expressions: what passes is for their evaluation to say. */
const AMOUNTS: Readonly<Record<string, Amount>> = {
  zero: { units: 0n, nanos: 0 },
  minor_unit: { units: 0n, nanos: 10_000_000 },
  below_minor_unit: { units: 1n, nanos: 1 },
  greatest_nanos: { units: 1n, nanos: 999_999_999 },
  nanos_above: { units: 1n, nanos: 1_000_000_000 },
  nanos_negative: { units: 1n, nanos: -1 },
  units_negative: { units: -1n },
  units_beyond_double: { units: 2n ** 53n + 1n },
  int64_greatest: { units: INT64_MAX },
  int64_least: { units: INT64_MIN },
  no_decimals: { currencyCode: 'JPY', units: 100n },
  too_many_decimals: { currencyCode: 'JPY', units: 100n, nanos: 10_000_000 },
  currency_lower_case: { currencyCode: 'eur', units: 1n },
  currency_shorter: { currencyCode: 'EU', units: 1n },
  currency_longer: { currencyCode: 'EURO', units: 1n },
  currency_empty: { currencyCode: '', units: 1n },
  currency_line_break: { currencyCode: 'EUR\n', units: 1n },
  currency_unlisted: { currencyCode: 'QQQ', units: 1n },
};

/** Seconds: 0001-01-01 and 9999-12-31T23:59:59. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

export function messageCandidates(field: DescField, type: DescMessage): readonly Candidate[] {
  const make = (fields: object) => reflect(type, create(type, fields as never));
  const unset = isRequired(field) ? [invalid('required/unset', undefined)] : [valid('unset', undefined)];
  switch (type.typeName) {
    case 'google.type.Money': {
      const amounts = Object.entries(AMOUNTS).map(([name, amount]) =>
        either(`money/${name}`, make({ currencyCode: 'EUR', ...amount })),
      );
      return [...unset, ...amounts];
    }
    case 'google.protobuf.Timestamp':
      return [
        ...unset,
        valid('timestamp/epoch', make({ seconds: 0n })),
        valid('timestamp/first', make({ seconds: FIRST_SECOND })),
        valid('timestamp/last', make({ seconds: LAST_SECOND, nanos: 999_999_999 })),
        invalid('timestamp/before_first', make({ seconds: FIRST_SECOND - 1n })),
        invalid('timestamp/after_last', make({ seconds: LAST_SECOND + 1n })),
        invalid('timestamp/int64_greatest', make({ seconds: INT64_MAX })),
        invalid('timestamp/nanos_negative', make({ seconds: 1n, nanos: -1 })),
        invalid('timestamp/nanos_above', make({ seconds: 1n, nanos: 1_000_000_000 })),
      ];
    default:
      return unset;
  }
}
