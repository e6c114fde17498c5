# {"format": {"none": ["JPEG"]}}
# $p0 = 'jpeg'
with
  answer := (select Image filter (not (.format_key = <str>$p0)))
select answer.number;
