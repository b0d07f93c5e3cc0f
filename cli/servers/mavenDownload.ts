/** The process that `mavenArtifact.ts` forks. Arguments: coordinates, folder, file name. Exit code 0: the file is there. */
import maven from 'mvn-artifact-download';

const [coordinates = '', folder, file] = process.argv.slice(2);

// Without its parent it is nobody's.
process.on('disconnect', () => process.exit(1));
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});

await maven.default(coordinates, folder, undefined, file);
process.exit(0);
