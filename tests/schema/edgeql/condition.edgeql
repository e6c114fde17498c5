# {"condition": {"any": ["Night", "dark"], "none": ["indoors"]}}
# $p0 = 'indoors'
# $p1 = 'night'
# $p2 = 'dark'
with
  answer := (select Image filter ((not ((contains(.condition_keys, <str>$p0)) ?? false)) and (((contains(.condition_keys, <str>$p1)) ?? false) or ((contains(.condition_keys, <str>$p2)) ?? false))))
select answer.number;
