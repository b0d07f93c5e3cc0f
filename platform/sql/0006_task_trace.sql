-- The W3C trace context of the command that asked for the call; null where nobody records it.
alter table tasks add column traceparent text;
