# {"face": {"age": {"min": 20, "max": 29}, "gender": "FEMALE", "emotion": ["HAPPY"], "minScore": 0.5}}
# $p0 = 19.999999046325684
# $p1 = 29.000000953674316
# $p2 = 'FEMALE'
# $p3 = ['HAPPY']
# $p4 = 0.4999999850988388
with
  answer := (select Image filter (exists (select .faces filter (((.score >= <float64>$p4) ?? false) and ((.shown_age >= <float64>$p0 and .shown_age <= <float64>$p1) ?? false) and ((.gender = <str>$p2) ?? false) and ((.emotion in array_unpack(<array<str>>$p3)) ?? false)))))
select answer.number;
