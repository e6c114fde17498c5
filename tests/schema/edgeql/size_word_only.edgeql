# {"sizeWord": {"only": ["huge", "small"]}}
# $p0 = 'huge'
# $p1 = 'small'
# $p2 = ['', 'huge', 'small']
with
  answer := (select Image filter ((.size_key = <str>$p0) and (.size_key = <str>$p1) and (.size_key in array_unpack(<array<str>>$p2))))
select answer.number;
