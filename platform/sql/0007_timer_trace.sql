-- The W3C trace context of the command that set the timer; null where nobody records it.
alter table timers add column traceparent text;
