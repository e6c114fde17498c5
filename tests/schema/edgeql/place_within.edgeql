# {"place": {"within": ["Croatia"], "none": ["geo:2"]}}
# $p0 = ['Croatia', 'country:HR', 'geo:1', 'geo:2', 'region:HR.21']
# $p1 = ['Croatia', 'country:HR']
# $p2 = ['geo:2']
with
  answer := (select Image filter ((((.place in array_unpack(<array<str>>$p0)) ?? false) or ((.near_city in array_unpack(<array<str>>$p1)) ?? false)) and (not (((.place in array_unpack(<array<str>>$p2)) ?? false) or ((.near_city in array_unpack(<array<str>>$p2)) ?? false)))))
select answer.number;
