# {"face": {"count": {"min": 2, "max": 2}}}
# $p0 = 2
with
  answer := (select Image filter ((count((select .faces filter true)) >= <int64>$p0) and (count((select .faces filter true)) <= <int64>$p0)))
select answer.number;
