// What no first picture waits for: the years, the viewer, the facets, the selection, and word of changes.

import './date-scrubber.js';
import './facet-panel.js';
import './photo-stage.js';
import './photo-details.js';
import './photo-viewer.js';
import './ingest-line.js';
import './add-pictures.js';
import './share-dialog.js';
import './selection-bar.js';
export { followChanges } from './changes.js';
