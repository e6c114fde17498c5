# {"or": [{"favorite": true}, {"and": [{"rating": {"min": 4}}, {"not": {"trashed": true}}]}]}
# $p0 = 3.9999998807907104
with
  answer := (select Image filter (.favorite or ((((<float64>.rating) >= <float64>$p0) ?? false) and (not (exists .trashed)))))
select answer.number;
