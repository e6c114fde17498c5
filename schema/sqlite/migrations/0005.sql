-- Shots that were taken in one go: the image their group is named by, as duplicate_of names that of the same picture.
ALTER TABLE image ADD COLUMN burst_of INTEGER;
CREATE INDEX image_burst ON image (burst_of) WHERE burst_of IS NOT NULL;
