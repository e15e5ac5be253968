// A path that is relative to the project needs the project's directory.
import { expect, test } from '../page.mjs';

const LIMA = `mounts:
- location: /srv/app/jobs
  writable: true
`;
const COMPOSE = `services:
  api:
    image: api
    environment:
      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:20022/system
      JOBS_DIR: /srv/app/jobs
    volumes:
    - ./jobs:/srv/app/jobs
`;

test('the project directory is asked for only where a relative path makes it matter', async ({
  doctor,
  page,
}) => {
  const field = doctor.assumed.getByRole('textbox', { name: 'Project directory' });
  await doctor.pasteAnything(LIMA);
  await doctor.pasteAnything(COMPOSE.replace('./jobs', '/srv/app/jobs'));
  await expect(doctor.findings.first()).toBeVisible();
  await expect(field).toHaveCount(0);

  await doctor.pasteAnything(COMPOSE);
  const open = page.locator('.unchecked').getByText('relative to the project directory');
  await expect(open).toBeVisible();
  await field.fill('/srv/app');
  await field.press('Tab');
  await expect(open).toHaveCount(0);
});
