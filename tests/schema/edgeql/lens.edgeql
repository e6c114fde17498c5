# {"lens": {"only": ["wide", "ultrawide"]}}
# $p0 = 'wide'
# $p1 = 'ultrawide'
# $p2 = ['ultrawide', 'wide']
with
  answer := (select Image filter (((contains(.lens_keys, <str>$p0)) ?? false) and ((contains(.lens_keys, <str>$p1)) ?? false) and all(array_unpack(.lens_keys) in array_unpack(<array<str>>$p2))))
select answer.number;
