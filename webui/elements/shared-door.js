// The door of a link: its password, or one of its limited openings.

class SharedDoor extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector('form');
    form?.addEventListener('submit', async (event) => {
      event.preventDefault();
      const said = form.querySelector('.said');
      said.textContent = '';
      try {
        const response = await fetch(`${location.pathname.split('/').slice(0, 3).join('/')}/open`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ password: form.elements.password?.value ?? '' }),
        });
        if (response.ok) location.reload();
        else said.textContent = (await response.json()).message;
      } catch {
        said.textContent = 'The gallery does not answer; try again in a moment.';
      }
    });
    form?.querySelector('input')?.focus();
  }
}

customElements.define('shared-door', SharedDoor);
