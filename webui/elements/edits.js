// What can be done to photos, one or very many: each is one mutation with a filter, and can be taken back.

import { ask } from './graphql.js';
import { photos } from './format.js';
import { toast } from './markup.js';
import { confirmed, pick } from './pick-panel.js';
import { ALBUMS, DELETE, EDIT, GAZETTEER, REANALYZE, SAVE_ALBUM, TAG_NAMES, UNDO } from './queries.js';

const failed = (wrong) => toast(`Not saved: ${wrong.message}`);

/** Change the photos of a filter; says so, with a way back. `said` makes the sentence of how many. */
export async function edit(filter, change, said, after = () => {}) {
  try {
    const { editImages } = await ask(EDIT, { filter, edit: change });
    after();
    toast(said(photos(editImages.count)), 'Undo', async () => {
      try {
        await ask(UNDO, { token: editImages.undo });
        after();
        toast('Taken back.');
      } catch (wrong) {
        failed(wrong);
      }
    });
    return true;
  } catch (wrong) {
    failed(wrong);
    return false;
  }
}

/** The edits that ask for a word first; each gives `[change, said]`, or null when nothing was chosen. */
export const asking = {
  async tag(adding = true) {
    const found = await pick({
      title: adding ? 'Add a tag' : 'Take a tag away',
      label: 'Tag',
      options: async (search) => (await ask(TAG_NAMES, { search })).tags.map(({ name, label, count }) => ({ value: name, text: label, detail: count.toLocaleString() })),
      free: (text) => (text ? `${adding ? 'Add' : 'Take away'} “${text}”` : ''),
    });
    const name = found?.value ?? found?.text;
    if (!name) return null;
    return adding ? [{ addTags: [name] }, (many) => `Tagged ${many}.`] : [{ removeTags: [name] }, (many) => `Tag taken from ${many}.`];
  },

  async title() {
    const found = await pick({ title: 'Title', label: 'Title; empty takes it away', free: (text) => (text ? 'Save' : 'No title') });
    return found && [{ title: found.text }, (many) => `Title of ${many} changed.`];
  },

  async place() {
    const found = await pick({
      title: 'Correct the place',
      label: 'City, region or country',
      options: async (search) => (search ? (await ask(GAZETTEER, { search })).gazetteer : [])
        .map(({ key, name, within }) => ({ value: key, text: name, detail: within, icon: 'map-pin' })),
    });
    return found && [{ place: found.value }, (many) => `${many} moved to another place.`];
  },

  async album() {
    const { albums } = await ask(ALBUMS);
    const found = await pick({
      title: 'Add to an album',
      label: 'Album, or the name of a new one',
      options: async (text) => albums.filter(({ filter, name }) => !filter && name.toLowerCase().includes(text.toLowerCase())).slice(0, 50)
        .map(({ key, name, count }) => ({ value: key, text: name, detail: count.toLocaleString(), icon: 'folder' })),
      free: (text) => (text ? `New album “${text}”` : ''),
    });
    if (!found) return null;
    const key = found.value ?? (await ask(SAVE_ALBUM, { album: { name: found.text } })).saveAlbum.key;
    return [{ addAlbums: [key] }, (many) => `${many} added to the album.`];
  },
};

export async function reanalyze(filter) {
  try {
    const { reanalyze: count } = await ask(REANALYZE, { filter });
    toast(`${photos(count)} will be looked at again.`);
  } catch (wrong) {
    failed(wrong);
  }
}

/** Forget photos for good; the files stay where they are. */
export async function forget(filter, count) {
  const really = await confirmed({
    title: `Delete ${photos(count)} from the library?`,
    text: 'Everything known of them goes, and cannot be brought back. The files on disk stay as they are.',
    act: 'Delete from the library',
  });
  if (!really) return false;
  try {
    const { deleteImages } = await ask(DELETE, { filter });
    toast(`${photos(deleteImages)} deleted from the library.`);
    return true;
  } catch (wrong) {
    failed(wrong);
    return false;
  }
}

/** An album that always holds what a question finds. */
export async function saveSearch(filter, name) {
  const found = await pick({
    title: 'Save this search as an album', label: 'Name of the album', value: name, free: (text) => (text ? 'Save' : ''),
  });
  if (!found) return;
  try {
    const { saveAlbum } = await ask(SAVE_ALBUM, { album: { name: found.text, filter } });
    toast(`Saved as “${saveAlbum.name}”.`, 'Show albums', () => location.assign('/albums'));
  } catch (wrong) {
    failed(wrong);
  }
}
