-- Whether a call was ever made to its end, without a definite answer: deadlines wait for those that were not (watermarks). A
-- version that does not know the column leaves it false, which makes them wait longer and no other harm.
alter table tasks add column tried boolean not null default false;
update tasks set tried = true where error is not null;
