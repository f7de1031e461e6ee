using Kalinka.Common.Mqtt;

namespace Kalinka.Common.Brokers;

/// <summary>One broker that is known, and what is to be done about it.</summary>
/// <param name="Broker">
/// How to connect; without credentials when it is <see cref="RosterState.Refused"/>, without an address when it is
/// <see cref="RosterState.Unknown"/>.
/// </param>
/// <param name="Announced">It is announced, and not configured; configured brokers never leave the roster.</param>
/// <param name="Partition">Of <c>kalinka.delivery</c>; null when none is assigned.</param>
/// <param name="Remark">What an operator should know of it; null for nothing.</param>
public sealed record RosterEntry(
    BrokerOptions Broker,
    RosterState State,
    bool Announced,
    int? Partition = null,
    string? Remark = null
)
{
    public string Name => Broker.Name;

    /// <summary>Its traffic is parked in Kafka until it is released.</summary>
    public bool Held { get; init; }

    /// <summary>Why no connection is wanted; null when one is.</summary>
    public string? Absence => State == RosterState.InService ? null : Remark;
}

public enum RosterState
{
    /// <summary>It is to be connected.</summary>
    InService,

    /// <summary>Another instance is connected to it.</summary>
    Elsewhere,

    /// <summary>It is taken out of service: what is under way there comes to its end, and nothing new begins.</summary>
    Retired,

    /// <summary>Announced at an address that the configuration does not allow: it is never connected to.</summary>
    Refused,

    /// <summary>Neither configured nor announced: all there is of it is its partition of <c>kalinka.delivery</c>.</summary>
    Unknown,
}

/// <summary>How the roster differs from what it was.</summary>
/// <param name="Entry">As it is now; as it was last when it is <see cref="RosterChangeKind.Removed"/>.</param>
public sealed record RosterChange(RosterChangeKind Kind, RosterEntry Entry);

public enum RosterChangeKind
{
    Added,
    Changed,
    Removed,
}
