# {"album": {"all": ["Croatia"], "none": ["Stars"], "atLeast": {"k": 1, "of": ["album:1", "album:2"]}}}
# $p0 = [2]
# $p1 = [3]
# $p2 = 4.999999761581421
# $p3 = [1, 2, 3]
with
  albums0 := (select Album filter .number in array_unpack(<array<int64>>$p0)),
  albums1 := (select Album filter .number in array_unpack(<array<int64>>$p1)),
  albums2 := (select Album filter .number in array_unpack(<array<int64>>$p3)),
  answer := (select Image filter ((.number in albums0.images.number) and (not ((.number in albums1.images.number) or (((<float64>.rating) >= <float64>$p2) ?? false))) and (((.number in albums2.images.number) or (((<float64>.rating) >= <float64>$p2) ?? false)) or (.number in albums0.images.number))))
select answer.number;
