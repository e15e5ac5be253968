// The page as a person sees it: everything is found by its role and its label.
import { test as base, expect } from '@playwright/test';

export { expect };

/** A test that gets the opened page as `doctor`, and fails when the page complains of anything. */
export const test = base.extend({
  doctor: async ({ page }, use) => {
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
    });
    const doctor = new Doctor(page);
    await doctor.open();
    await use(doctor);
    expect(complaints, 'errors that the page reported').toEqual([]);
  },
});

export class Doctor {
  constructor(page) {
    this.page = page;
    this.announcer = page.getByTestId('announcer');
    this.exampleNote = page.getByRole('note').filter({ hasText: /^This is an example/ });
    this.theme = page.getByRole('combobox', { name: 'Theme' });
    this.steps = page.getByRole('navigation', { name: 'Steps' });

    this.paste = page.getByRole('region', { name: 'Paste', exact: true });
    this.pasteBox = page.getByRole('textbox', { name: 'Paste anything' });
    this.inputs = page.getByRole('tablist', { name: 'Inputs' });
    this.backToFinding = page.getByRole('button', { name: 'Back to the finding' });
    this.assumed = page.getByRole('group', { name: 'Assumed' });

    this.diagnosis = page.getByRole('region', { name: 'Diagnosis', exact: true });
    this.summary = this.diagnosis.getByRole('status');
    this.map = page.getByRole('figure', { name: 'Map of the set-up' });
    this.findings = this.diagnosis.getByRole('article');

    this.corrected = page.getByRole('region', { name: 'Corrected files', exact: true });
    this.correctedTabs = this.corrected.getByRole('tablist', { name: 'Files that change' });
    this.recheck = page.getByTestId('recheck');

    this.run = page.getByRole('region', { name: 'Run', exact: true });
    this.script = this.run.getByRole('region', { name: 'apply.sh' });
  }

  async open() {
    await this.page.goto('/');
    await expect(this.page.locator('html[data-ready="true"]')).toBeAttached();
  }

  /** Pastes into what has the focus, by the clipboard and the keyboard. */
  async pasteText(text) {
    await this.page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await this.page.keyboard.press('ControlOrMeta+V');
  }

  /** Pastes into the box that takes anything. */
  async pasteAnything(text) {
    await this.pasteBox.focus();
    await this.pasteText(text);
    await expect(this.pasteBox).toHaveValue('');
  }

  async clearAll() {
    await this.paste.getByRole('button', { name: 'Clear all' }).click();
    await expect(this.findings).toHaveCount(0);
  }

  clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  inputTab(file) {
    return this.inputs.getByRole('tab', { name: startingWith(file) });
  }

  editor(file) {
    return this.paste.getByRole('textbox', { name: file, exact: true });
  }

  async showInput(file) {
    await this.inputTab(file).click();
    await expect(this.inputTab(file)).toHaveAttribute('aria-selected', 'true');
    return this.editor(file);
  }

  /**
   * The finding with this message; backticks only mark names and are not shown, and a message that
   * does not start with a name starts with a capital.
   */
  finding(message) {
    const shown = message.charAt(0).toUpperCase() + message.slice(1).replaceAll('`', '');
    const name = message.startsWith('`') ? message.replaceAll('`', '') : shown;
    return this.diagnosis.getByRole('article', { name, exact: true });
  }

  /** The buttons that jump to a line, of a finding. */
  evidence(finding) {
    return finding.getByRole('list', { name: 'Evidence' }).first().getByRole('button');
  }

  /** What is selected in the editor that has the focus. */
  selection() {
    return this.page.evaluate(() => {
      const { value, selectionStart, selectionEnd } = document.activeElement;
      return value?.slice(selectionStart, selectionEnd);
    });
  }

  async showCorrected(file) {
    await this.correctedTabs.getByRole('tab', { name: startingWith(file) }).click();
  }

  async view(name) {
    await this.corrected.getByRole('group', { name: 'View' }).getByRole('radio', { name }).check();
  }

  /** The texts of the rows of a kind, `same`, `removed` or `added`, in the diff of a file. */
  diffRows(file, kind) {
    return this.corrected
      .getByRole('table', { name: `Changes to ${file}` })
      .locator(`[data-kind="${kind}"]`);
  }

  /** Clicks, and gives the name and the text of the file that is downloaded. */
  async download(button) {
    const [download] = await Promise.all([this.page.waitForEvent('download'), button.click()]);
    const parts = [];
    for await (const part of await download.createReadStream()) parts.push(part);
    return { name: download.suggestedFilename(), text: Buffer.concat(parts).toString() };
  }

  /** Opens the dialog with the examples and gives its buttons. */
  async openExamples() {
    await this.page.getByRole('banner').getByRole('button', { name: 'Examples' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Examples' });
    await expect(dialog).toBeVisible();
    return dialog;
  }
}

/** A pattern for labels that begin with a name and may go on with a count. */
function startingWith(name) {
  return new RegExp(`^\\s*${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(,|\\s|$)`);
}
