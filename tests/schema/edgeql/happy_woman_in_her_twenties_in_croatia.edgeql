# {"face": {"age": {"min": 20, "max": 29}, "gender": "FEMALE", "emotion": ["HAPPY"]}, "place": {"within": ["Croatia"]}, "tag": {"all": ["dress"]}}
# $p0 = ['clothing.n.01', 'dress', 'dress.n.01']
# $p1 = ['dress']
# $p2 = 19.999999046325684
# $p3 = 29.000000953674316
# $p4 = 'FEMALE'
# $p5 = ['HAPPY']
# $p6 = ['Croatia', 'country:HR', 'geo:1', 'geo:2', 'region:HR.21']
# $p7 = ['Croatia', 'country:HR']
with
  synsets0 := (select Synset filter .name in array_unpack(<array<str>>$p0)),
  tags1 := (select distinct (synsets0.tags union synsets0.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p1)))),
  answer := (select Image filter ((.number in tags1.marks.images.number) and (exists (select .faces filter (((.shown_age >= <float64>$p2 and .shown_age <= <float64>$p3) ?? false) and ((.gender = <str>$p4) ?? false) and ((.emotion in array_unpack(<array<str>>$p5)) ?? false)))) and (((.place in array_unpack(<array<str>>$p6)) ?? false) or ((.near_city in array_unpack(<array<str>>$p7)) ?? false))))
select answer.number;
