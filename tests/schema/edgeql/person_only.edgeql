# {"person": {"only": ["person:2"]}}
# $p0 = [2]
with
  people0 := (select Person filter .number in array_unpack(<array<int64>>$p0)),
  answer := (select Image filter ((.number in people0.faces.image.number) and (not exists (select .faces filter not ((.person.number in array_unpack(<array<int64>>$p0)) ?? false)))))
select answer.number;
