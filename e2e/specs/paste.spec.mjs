// The whole way: paste what one has, read what is wrong, take the corrected files and the script.
import { example, limaDoctor } from '../cli.mjs';
import { expect, test } from '../page.mjs';

const FILES = await example('missing-mount-and-stale-port');
const textOf = (file) => FILES.find(({ name }) => name === file).text;

async function pasteAll(doctor) {
  for (const { text } of FILES) await doctor.pasteAnything(text);
}

test('each pasted file lands in its editor, and the example is gone', async ({ doctor }) => {
  await expect(doctor.exampleNote).toBeVisible();
  await pasteAll(doctor);
  await expect(doctor.exampleNote).toHaveCount(0);
  for (const { name, text } of FILES) {
    const editor = await doctor.showInput(name);
    await expect(editor, name).toHaveValue(text);
  }
});

test('a whole ticket in one paste is taken apart', async ({ doctor }) => {
  const fenced = FILES.map(({ name, text }) => `**${name}**\n\n\`\`\`\n${text}\`\`\`\n`);
  await doctor.pasteAnything(`Hello,\nthe VM does not start any more.\n\n${fenced.join('\n')}`);
  for (const file of ['lima.yaml', '.env', 'docker-compose.yml']) {
    const editor = await doctor.showInput(file);
    await expect(editor, file).toHaveValue(textOf(file));
  }
  await expect(doctor.findings.first()).toBeVisible();
});

test('the page finds what the command line finds', async ({ doctor }) => {
  const { output } = await limaDoctor(['check', '--format', 'json'], FILES);
  const { findings } = JSON.parse(output);
  expect(findings.length, 'the example has problems').toBeGreaterThan(1);

  await pasteAll(doctor);
  await expect(doctor.findings).toHaveCount(findings.length);
  for (const { message, severity } of findings) {
    const finding = doctor.finding(message);
    await expect(finding, message).toBeVisible();
    await expect(finding, message).toHaveAttribute('data-severity', severity);
  }
});

test('evidence leads to its line, and back', async ({ doctor, page }) => {
  const { output } = await limaDoctor(['check', '--format', 'json'], FILES);
  const { message, evidence } = JSON.parse(output).findings[0];
  expect(evidence.length, 'the finding has evidence').toBeGreaterThan(0);

  await pasteAll(doctor);
  const links = doctor.evidence(doctor.finding(message));
  await expect(links).toHaveCount(evidence.length);
  for (const [index, { file, span }] of evidence.entries()) {
    const link = links.nth(index);
    await link.click();
    await expect(doctor.editor(file), `${message}: evidence ${index}`).toBeFocused();
    const bytes = Buffer.from(textOf(file));
    expect(await doctor.selection()).toBe(bytes.subarray(span.start, span.end).toString());
    await doctor.backToFinding.click();
    await expect(link).toBeFocused();
  }
  await expect(page).toHaveURL('/');
});

test('the corrected files are those of the command line', async ({ doctor }) => {
  const names = ['lima.yaml', '.env'];
  const read = names.map((name) => `fixed/${name}`);
  const { written } = await limaDoctor(['fix', '--out', 'fixed'], FILES, read);

  await pasteAll(doctor);
  for (const name of names) {
    const corrected = written[`fixed/${name}`];
    await doctor.showCorrected(name);
    await doctor.view('Changes');
    await expect(doctor.diffRows(name, 'added').first(), name).toBeVisible();
    const button = (verb) => doctor.corrected.getByRole('button', { name: `${verb} ${name}` });
    const download = await doctor.download(button('Download'));
    expect(download.text, name).toBe(corrected);
    await button('Copy').click();
    await expect.poll(() => doctor.clipboard(), name).toBe(corrected);
  }
  await expect(doctor.recheck).not.toBeEmpty();
});

test('pasting the corrected files leaves no error', async ({ doctor, page }) => {
  const read = ['fixed/lima.yaml', 'fixed/.env'];
  const { written } = await limaDoctor(['fix', '--out', 'fixed', '--port', 'pin'], FILES, read);

  await doctor.clearAll();
  await doctor.pasteAnything(written['fixed/lima.yaml']);
  await doctor.pasteAnything(written['fixed/.env']);
  await doctor.pasteAnything(textOf('docker-compose.yml'));
  await expect(await doctor.showInput('.env')).toHaveValue(written['fixed/.env']);
  await expect(doctor.findings.and(page.locator('[data-severity="error"]'))).toHaveCount(0);
});

test('the script is shown, copied and downloaded byte for byte', async ({ doctor }) => {
  const { output } = await limaDoctor(['script'], FILES);
  expect(output, 'it is a script').toMatch(/^#!\/bin\/sh\n/);

  await pasteAll(doctor);
  await expect.poll(() => doctor.script.locator('pre').textContent()).toBe(output);
  await doctor.run.getByRole('button', { name: 'Copy script' }).click();
  await expect.poll(() => doctor.clipboard()).toBe(output);
  await expect(doctor.announcer).toContainText(/copied/i);
  const button = doctor.run.getByRole('button', { name: 'Download apply.sh' });
  expect(await doctor.download(button)).toEqual({ name: 'apply.sh', text: output });
});

test('the command to paste is shown and copied byte for byte', async ({ doctor }) => {
  const { output } = await limaDoctor(['script', '--paste'], FILES);
  expect(output, 'it is one command').toMatch(/^sh -c '/);
  await pasteAll(doctor);
  await expect(doctor.run).toContainText('sh apply.sh --undo');

  await doctor.run.getByRole('radio', { name: 'Paste into a terminal' }).check();
  const command = doctor.run.getByRole('region', { name: 'command to paste' });
  await expect.poll(() => command.locator('pre').textContent()).toBe(output);
  await expect(doctor.run).not.toContainText('sh apply.sh');
  await doctor.run.getByRole('button', { name: 'Copy command' }).click();
  await expect.poll(() => doctor.clipboard()).toBe(output);
  await expect(doctor.run.getByRole('button', { name: 'Download apply.sh' })).toHaveCount(0);
});

test('a fix that is left out is not in the corrected files', async ({ doctor }) => {
  await pasteAll(doctor);
  const before = await doctor.script.locator('pre').textContent();
  const finding = doctor.findings.first();
  await finding.getByRole('radio', { name: 'Leave it as it is' }).first().check();
  await expect.poll(() => doctor.script.locator('pre').textContent()).not.toBe(before);
});

test('five thousand lines are diagnosed while one waits', async ({ doctor }) => {
  const line = '# a line that a long file has, five thousand times over\n';
  const text = `${textOf('lima.yaml')}\n${line.repeat(5000)}`;
  await doctor.clearAll();
  const start = Date.now();
  await doctor.pasteAnything(text);
  await expect(doctor.editor('lima.yaml')).toHaveValue(text);
  expect(Date.now() - start, 'milliseconds').toBeLessThan(3000);
});
