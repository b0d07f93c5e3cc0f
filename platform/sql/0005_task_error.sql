-- Why the last attempt at a task's call brought no definite answer; null: there was none, or it is not known.
alter table tasks add column error text;
