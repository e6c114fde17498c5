# {"favorite": true}
with
  answer := (select Image filter .favorite)
select answer.number;
