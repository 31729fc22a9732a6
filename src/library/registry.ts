/** Reading a registry from a program: models, versions, what is active, which test runs. */
import { requireVersion } from '../domain/plan.ts'
import { unknownModel } from '../domain/plans/registration.ts'
import { type Experiment, effectiveWeight, type Model, type Registry, type Version } from '../domain/registry.ts'
import { readRegistry } from '../manager/reading.ts'
import { type LibraryOptions, libraryWorkspace } from './workspace.ts'

/** One version, with its name and the weight in force (0..1). */
export interface ModelVersionInfo extends Version {
  readonly version: string
  readonly weight: number
}

/** A registry as it was when it was opened; open it again to see later changes. */
export class ModelVersionRegistry {
  readonly #registry: Registry

  private constructor(registry: Registry) {
    this.#registry = registry
  }

  /** @throws ModelyardError REGISTRY_NOT_FOUND, REGISTRY_INVALID with every problem and its line */
  static open(options: LibraryOptions): ModelVersionRegistry {
    return new ModelVersionRegistry(readRegistry(libraryWorkspace(options)).registry)
  }

  get models(): string[] {
    return [...this.#registry.models.keys()]
  }

  /** In version order. @throws ModelyardError MODEL_NOT_FOUND */
  versions(model: string): ModelVersionInfo[] {
    const found = this.#model(model)
    return found.versionNames.map((name) => infoOf(found, name))
  }

  /** @throws ModelyardError MODEL_NOT_FOUND, VERSION_NOT_FOUND with the nearest names */
  get(model: string, version: string): ModelVersionInfo {
    return infoOf(this.#model(model), version)
  }

  /** Null until the first switch. @throws ModelyardError MODEL_NOT_FOUND */
  active(model: string): ModelVersionInfo | null {
    const found = this.#model(model)
    return found.active === null ? null : infoOf(found, found.active)
  }

  /** The running A/B test, or null. @throws ModelyardError MODEL_NOT_FOUND */
  experiment(model: string): Experiment | null {
    return this.#model(model).experiment ?? null
  }

  #model(name: string): Model {
    const model = this.#registry.models.get(name)
    if (model === undefined) throw unknownModel(name, this.models)
    return model
  }
}

function infoOf(model: Model, name: string): ModelVersionInfo {
  const version = requireVersion(model, name)
  return { version: name, weight: effectiveWeight(version), ...version }
}
