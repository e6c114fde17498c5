# {"face": {"named": true, "person": ["ada", "person:5"]}}
# $p0 = [1, 3, 5]
with
  answer := (select Image filter (exists (select .faces filter (((.person.number in array_unpack(<array<int64>>$p0)) ?? false) and ((.person.name != '') ?? false)))))
select answer.number;
