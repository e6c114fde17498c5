# {"offline": true}
with
  answer := (select Image filter (not exists (select .files filter .present)))
select answer.number;
