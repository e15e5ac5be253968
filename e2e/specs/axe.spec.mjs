// The accessibility checker has nothing to say, in any state and in both themes.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../page.mjs';

const STATES = {
  'an example, diagnosed': async () => {},
  'nothing pasted': (doctor) => doctor.clearAll(),
  'the dialog with the examples': (doctor) => doctor.openExamples(),
  'a rule explained': (doctor) =>
    doctor.findings.first().getByText(/^Explain/).first().click(),
  'the whole corrected file': (doctor) => doctor.view('Whole file'),
  'a line jumped to': (doctor) => doctor.evidence(doctor.findings.first()).first().click(),
  'a file that cannot be read': async (doctor) => {
    await doctor.showInput('lima.yaml');
    await doctor.editor('lima.yaml').fill('mounts: [\n  - "a\n');
  },
};

for (const colorScheme of ['light', 'dark']) {
  test.describe(colorScheme, () => {
    // Colours on their way from one to another have no contrast to measure.
    test.use({ colorScheme, contextOptions: { reducedMotion: 'reduce' } });

    for (const [name, reach] of Object.entries(STATES)) {
      test(name, async ({ doctor, page }) => {
        await reach(doctor);
        const { violations, passes } = await new AxeBuilder({ page }).analyze();
        const rows = violations.flatMap(({ id, help, nodes }) =>
          nodes.map(({ target, failureSummary }) => `${id} (${help}): ${target} ${failureSummary}`),
        );
        expect(rows).toEqual([]);
        expect(passes.length, 'rules that were applied').toBeGreaterThan(20);
      });
    }
  });
}
