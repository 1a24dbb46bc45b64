#!/usr/bin/env node
var have = process.versions.node.split('.').map(Number);
if (have[0] < 20 || (have[0] === 20 && have[1] < 19)) {
  console.error(
    'Spectraloom needs Node 20.19 or newer; this is Node ' +
      process.versions.node +
      '. Install a current Node from https://nodejs.org and run the same command again.',
  );
  process.exit(1);
}
import('../dist/main.js').then(
  function (cli) {
    return cli.main(process.argv.slice(2));
  },
  function (error) {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND') {
      console.error(
        'error: Spectraloom is not built (' +
          error.message.split('\n')[0] +
          ').\n  next      run "npm start" or "npm run build" in the workspace once',
      );
    } else {
      console.error(error);
    }
    process.exit(1);
  },
);
