# {"sizeWord": {"any": ["huge"]}}
# $p0 = 'huge'
with
  answer := (select Image filter (.size_key = <str>$p0))
select answer.number;
