# {"added": {"ago": {"n": 7, "unit": "DAY"}}}
# $p0 = 1708691400
# $p1 = 1709296200
with
  answer := (select Image filter ((exists .added_seconds) and ((.added_seconds >= <int64>$p0) ?? false) and ((.added_seconds < <int64>$p1) ?? false)))
select answer.number;
