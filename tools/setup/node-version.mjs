// Written in plain old syntax so that an old Node can still parse it and say what is wrong.
var REQUIRED = [20, 19];

export function checkNodeVersion() {
  var have = process.versions.node.split('.').map(Number);
  var ok = have[0] > REQUIRED[0] || (have[0] === REQUIRED[0] && have[1] >= REQUIRED[1]);
  if (!ok) {
    console.error(
      'Spectraloom needs Node ' +
        REQUIRED.join('.') +
        ' or newer; this is Node ' +
        process.versions.node +
        '. Install a current Node from https://nodejs.org and run the same command again.',
    );
    process.exit(1);
  }
}
