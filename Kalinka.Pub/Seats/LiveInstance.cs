using System.Collections.Immutable;

namespace Kalinka.Pub.Seats;

/// <summary>An instance that shows itself, and what it says of itself.</summary>
/// <param name="Name">No other has it.</param>
/// <param name="Configuration">The hash that instances with the same configuration share.</param>
/// <param name="Able">Brokers that it reports it can serve: it reaches them, and Kafka.</param>
/// <param name="Unable">Brokers that it could not serve for so long that another should.</param>
internal sealed record LiveInstance(
    string Name,
    string Configuration,
    ImmutableHashSet<string> Able,
    ImmutableHashSet<string> Unable
);
