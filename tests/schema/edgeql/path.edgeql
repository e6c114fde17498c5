# {"path": {"under": ["/photos/2019", "2019/croatia"], "name": ["Šibenik"]}}
# $p0 = b'/photos/2019/'
# $p1 = b'/photos/20190'
# $p2 = '/2019/croatia/'
# $p3 = 'sibenik'
with
  answer := (select Image filter (exists (select .files filter .shown and (((.path >= <bytes>$p0 and .path < <bytes>$p1) or contains(.path_folded, <str>$p2)) and contains(.name_folded, <str>$p3)))))
select answer.number;
