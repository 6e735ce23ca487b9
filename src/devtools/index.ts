export { createFaults, type Fault, type Faults } from './faults.ts'
export { type DevtoolsOptions, mountDevtools } from './mount.ts'
