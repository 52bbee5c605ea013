#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/limits.h"
#include "base/log.h"
#include "base/once_log.h"
#include "base/table.h"
#include "base/timers.h"
#include "cache/bus.h"
#include "cache/messages.h"
#include "cache/resource.h"
#include "cache/throttle.h"

namespace resgate::cache {

class Entry;
class Entries;

/// The settings the cache depends on (10.9).
struct Settings {
    std::chrono::milliseconds request_timeout{3000};    ///< [TMO-1]
    std::chrono::milliseconds unsubscribe_delay{5000};  ///< linger time [ENT-6]; 0 = evict at once
    std::int64_t reset_throttle = 0;                    ///< [THR-1]; 0 = unlimited
    std::int64_t reference_throttle = 0;                ///< [THR-5]; 0 = unlimited
    std::size_t locked_bytes = Limits::locked_bytes;    ///< [QEV-6]
};

/// What all entries of the cache share; owned by the hub, on its thread.
struct Context {
    Bus& bus;
    Timers& timers;
    Log& log;
    OnceLog& once_log;
    LoopPort& loops;
    Entries& entries;
    const LoopIndex loop_count;
    const Settings settings;
    Throttles reset_throttles;
    Throttles reference_throttles;

    /// Where each resource of the cache is. Who waits for something outside holds the id, and looks
    /// here whether the resource is still there.
    struct Place {
        Entry* entry = nullptr;
        Resource* resource = nullptr;
    };

    struct IdOf {
        using type = ResourceId;

        type operator()(const Resource& resource) const { return resource.id(); }
    };

    Table<Resource, IdOf> resources{};
    std::uint64_t last_resource_id = 0;

    /// For `Entry::subject`: one is needed at a time, and each would take a block of memory.
    std::string subject{};

    /// Sum of the use counts ([CTR-2]).
    std::size_t uses = 0;

    /// Locks that too much waited for ([QEV-6]).
    std::uint64_t locks_given_up = 0;

    /// Null members if the resource has left the cache.
    Place place(ResourceId id) {
        Resource* const resource = resources.find(id);
        return {resource ? resource->owner() : nullptr, resource};
    }
};

}  // namespace resgate::cache
