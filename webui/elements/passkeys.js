// Passkeys: the device proves who is there. Needs a name for the gallery (no bare number) and HTTPS, or this very machine.

const home = document.querySelector('meta[name="pigallery-api"]')?.content.replace(/\/$/, '') ?? '';
const BARE_NUMBER = /^[\d.]+$|^\[/;

/** Why passkeys cannot be used here, in a sentence; '' where they can. */
export function hindrance() {
  if (!window.isSecureContext) return 'Passkeys need HTTPS.';
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return 'This browser has no passkeys.';
  if (BARE_NUMBER.test(location.hostname)) {
    return `Passkeys need a name instead of ${location.hostname} in the address${location.hostname.startsWith('127.') ? ', such as localhost' : ''}.`;
  }
  return '';
}

async function send(step, body) {
  const answer = await fetch(`${home}/auth/passkey/${step}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  return told;
}

/** The person may change their mind, and devices say so in their own words. */
async function asked(work) {
  try {
    return await work();
  } catch (wrong) {
    if (wrong.name === 'InvalidStateError') throw new Error('This device has a passkey for this account already.');
    throw new Error('The device gave no passkey. Try again, or use another way.');
  }
}

export async function logInByPasskey() {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await send('ask', {}));
  const credential = await asked(() => navigator.credentials.get({ publicKey }));
  await send('login', { credential: JSON.stringify(credential) });
}

export async function addPasskey(name, password) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await send('begin', { password }));
  const credential = await asked(() => navigator.credentials.create({ publicKey }));
  await send('add', { credential: JSON.stringify(credential), name });
}
