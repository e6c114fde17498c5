# {"tag": {"all": ["dress.n.01", "crane"], "narrower": false}}
# $p0 = ['dress.n.01']
# $p1 = ['crane', 'crane.n.04', 'crane.n.05']
# $p2 = ['crane']
with
  synsets0 := (select Synset filter .name in array_unpack(<array<str>>$p0)),
  tags1 := (select distinct (synsets0.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p0)))),
  synsets2 := (select Synset filter .name in array_unpack(<array<str>>$p1)),
  tags3 := (select distinct (synsets2.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p2)))),
  answer := (select Image filter ((.number in tags1.marks.images.number) and (.number in tags3.marks.images.number)))
select answer.number;
