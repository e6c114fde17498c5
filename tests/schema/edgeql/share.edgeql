# {"share": {"any": ["s1"]}}
with
  answer := (select Image filter false)
select answer.number;
