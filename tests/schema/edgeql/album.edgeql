# {"album": {"any": ["Trips"]}}
# $p0 = [1, 2, 3]
# $p1 = 4.999999761581421
with
  albums0 := (select Album filter .number in array_unpack(<array<int64>>$p0)),
  answer := (select Image filter ((.number in albums0.images.number) or (((<float64>.rating) >= <float64>$p1) ?? false)))
select answer.number;
