# {"path": {"glob": ["**/croatia/*.jpg"]}}
# Narrows only: the law looks at what is found.
# $p0 = 'croat'
with
  answer := (select Image filter (exists (select .files filter .shown and contains(.path_folded, <str>$p0))))
select answer.number;
