// The command-line program, as the judge of what the page shows: both ask the same library.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The name that each file of an example has in real life, and the option that takes it. */
const FILES = {
  'lima.yaml': { name: 'lima.yaml', option: '--lima' },
  env: { name: '.env', option: '--env' },
  'docker-compose.yml': { name: 'docker-compose.yml', option: '--compose' },
  'limactl-list.txt': { name: 'limactl list', option: '--limactl' },
  'error.txt': { name: 'error', option: '--error' },
};

/** The files of an example of the project: name, option and text of each. */
export async function example(name) {
  const directory = join(ROOT, 'src', 'examples', name);
  const found = new Set(await readdir(directory));
  return Promise.all(
    Object.entries(FILES)
      .filter(([file]) => found.has(file))
      .map(async ([file, known]) => ({
        ...known,
        text: await readFile(join(directory, file), 'utf8'),
      })),
  );
}

/** Runs a command on files, in a directory of their own that is gone afterwards. */
export async function limaDoctor(command, files, read = []) {
  const directory = await mkdtemp(join(tmpdir(), 'lima-doctor-'));
  try {
    const options = [];
    for (const { name, option, text } of files) {
      await writeFile(join(directory, name), text);
      options.push(option, name);
    }
    const output = await cargoRun(directory, [...command, ...options]);
    const written = {};
    for (const path of read) written[path] = await readFile(join(directory, path), 'utf8');
    return { output, written };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function cargoRun(directory, args) {
  const cargo = ['run', '--quiet', '--locked', '--manifest-path', join(ROOT, 'Cargo.toml'), '--'];
  return new Promise((resolve, reject) => {
    const options = { cwd: directory, maxBuffer: 16 * 1024 * 1024 };
    execFile('cargo', [...cargo, ...args], options, (error, stdout, stderr) => {
      // 1 says that there are findings.
      if (error && error.code !== 1) reject(new Error(`${args.join(' ')}: ${stderr || error}`));
      else resolve(stdout);
    });
  });
}
