/** The library: what services and programs use. The command line is built from the same parts. */
export { type ErrorCode, ModelyardError } from './domain/errors.ts'
export type { Experiment, Version, VersionStatus } from './domain/registry.ts'
export { type Answer, LoadedModel, type LoadOptions, loadModel, type Row } from './library/loaded-model.ts'
export { type ChangeDetails, type ChangeResult, ModelVersionManager, type NewVersion } from './library/manager.ts'
export { type ModelVersionInfo, ModelVersionRegistry } from './library/registry.ts'
export type { LibraryOptions } from './library/workspace.ts'
