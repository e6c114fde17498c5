# {"album": {"only": ["album:2"], "known": true}}
# $p0 = [2]
with
  albums0 := (select Album filter .number in array_unpack(<array<int64>>$p0)),
  answer := (select Image filter (((.number in albums0.images.number) and (not exists (select .albums filter .number not in array_unpack(<array<int64>>$p0)))) and (exists .albums)))
select answer.number;
