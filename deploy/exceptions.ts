/** What kube-score finds and is meant to be so, each with its reason. */

/** As kube-score writes it: an object by kind, API version, namespace and name; grades go from 1 (critical) to 10 (all is well). */
export interface Scored {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

interface Exception {
  readonly check: string;
  readonly objects: RegExp;
  readonly why: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    check: 'container-image-pull-policy',
    objects: /^/,
    why: 'images are named by digest or by a version that does not change: pulling one again brings nothing new',
  },
  {
    check: 'deployment-has-host-podantiaffinity',
    objects: /^Deployment\//,
    why: 'topology spread constraints spread pods, over zones too',
  },
  {
    check: 'statefulset-has-host-podantiaffinity',
    objects: /^StatefulSet\/.*\/orderlog-nats$/,
    why: 'topology spread constraints spread pods, over zones too',
  },
  {
    check: 'deployment-replicas',
    objects: /^Deployment\//,
    why: 'one of each in a local cluster; elsewhere two by base, or as many as KEDA says',
  },
  {
    check: 'container-security-context-user-group-id',
    objects: /^StatefulSet\/.*\/orderlog-(postgres|elasticsearch)$/,
    why: 'the images of others run as the user that owns their files',
  },
  {
    check: 'networkpolicy-targets-pod',
    objects:
      /^NetworkPolicy\/.*\/orderlog-(elasticsearch-(ingress|nodes)|postgres-(api|ingress|nodes)|operators)$/,
    why: 'their pods are made by the operators, or there are none in a local cluster',
  },
];

export const isExcepted = (check: string, object: string): boolean =>
  EXCEPTIONS.some((each) => each.check === check && each.objects.test(object));
