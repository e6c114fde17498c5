# {}
with
  answer := (select Image)
select answer.number;
