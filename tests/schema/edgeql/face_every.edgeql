# {"face": {"every": true, "emotion": ["HAPPY", "NEUTRAL"]}}
# $p0 = ['HAPPY', 'NEUTRAL']
with
  answer := (select Image filter ((exists (select .faces filter ((.emotion in array_unpack(<array<str>>$p0)) ?? false))) and (exists (select .faces filter true)) and (not exists (select .faces filter (not ((.emotion in array_unpack(<array<str>>$p0)) ?? false))))))
select answer.number;
