using Kalinka.Common.Mqtt;
using Kalinka.Common.Tls;

namespace Kalinka.Common.Brokers;

/// <summary>The brokers of the configuration and those that are announced, as one list. Pure.</summary>
public static class Roster
{
    private static readonly TlsOptions NoTls = new(null, null, null);

    /// <summary>The roster while nothing is known of the ensemble.</summary>
    public static IReadOnlyList<RosterEntry> Of(IReadOnlyList<BrokerOptions> configured) =>
        [.. configured.Select(broker => new RosterEntry(broker, RosterState.InService, Announced: false))];

    /// <summary>
    /// The configured brokers in their order, then the announced ones by name. The configuration wins for name, address
    /// and credentials. One address is one broker: under a second name its clients would seem to move to and fro.
    /// </summary>
    /// <param name="unknown">Names that have nothing but a partition are listed too.</param>
    internal static IReadOnlyList<RosterEntry> Merge(
        IReadOnlyList<BrokerOptions> configured,
        IReadOnlyDictionary<string, Announcement> announced,
        AnnouncedOptions options,
        bool unknown = false
    )
    {
        var roster = configured.Select(broker => Configured(broker, announced.GetValueOrDefault(broker.Name))).ToList();
        var names = configured.Select(broker => broker.Name).ToHashSet();
        var places = new Dictionary<(string, int), string>();
        foreach (var broker in configured)
        {
            places.TryAdd(Place(broker), broker.Name);
        }

        foreach (var (name, announcement) in announced.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            if (!names.Contains(name) && announcement.Address is not null)
            {
                roster.Add(Announced(name, announcement, options, places));
            }
            else if (!names.Contains(name) && unknown && announcement.Partition is { } partition)
            {
                roster.Add(Unknown(name, partition, announcement.Held));
            }
        }

        return roster;
    }

    /// <summary>What has to be told to somebody who knows the roster of before.</summary>
    internal static IEnumerable<RosterChange> Changes(IReadOnlyList<RosterEntry> before, IReadOnlyList<RosterEntry> now)
    {
        var old = before.ToDictionary(entry => entry.Name);
        var current = now.Select(entry => entry.Name).ToHashSet();
        foreach (var gone in before.Where(entry => !current.Contains(entry.Name)))
        {
            yield return new RosterChange(RosterChangeKind.Removed, gone);
        }

        foreach (var entry in now)
        {
            if (!old.TryGetValue(entry.Name, out var known))
            {
                yield return new RosterChange(RosterChangeKind.Added, entry);
            }
            else if (known != entry)
            {
                yield return new RosterChange(RosterChangeKind.Changed, entry);
            }
        }
    }

    private static RosterEntry Configured(BrokerOptions broker, Announcement? announcement)
    {
        if (announcement is null)
        {
            return new RosterEntry(broker, RosterState.InService, Announced: false);
        }

        var other = announcement.Address is { } address && TextOf(address) != broker.Address ? TextOf(address) : null;
        return new RosterEntry(
            broker,
            announcement.Retired ? RosterState.Retired : RosterState.InService,
            Announced: false,
            announcement.Partition,
            announcement.Retired ? "retired"
                : other is null ? null
                : $"is announced at {other}, and the configured address counts"
        )
        {
            Held = announcement.Held,
        };
    }

    private static RosterEntry Announced(
        string name,
        Announcement announcement,
        AnnouncedOptions options,
        Dictionary<(string, int), string> places
    )
    {
        var (host, port, tls) = announcement.Address!;
        if (!options.Allow.Any(pattern => pattern.Matches(host, port, tls)))
        {
            return Refused(name, announcement, "which Mqtt:Announced:Allow does not allow");
        }

        var broker = new BrokerOptions(
            name,
            host,
            port,
            options.Version,
            options.Username,
            options.Password,
            tls ? options.Tls : null
        );
        if (!places.TryAdd(Place(broker), name))
        {
            return Refused(name, announcement, $"which is the address of {places[Place(broker)]} already");
        }

        var state = announcement.Retired ? RosterState.Retired : RosterState.InService;
        var remark = announcement.Retired ? "retired" : null;
        return new RosterEntry(broker, state, Announced: true, announcement.Partition, remark)
        {
            Held = announcement.Held,
        };
    }

    private static RosterEntry Refused(string name, Announcement announcement, string why)
    {
        var (host, port, tls) = announcement.Address!;
        var broker = new BrokerOptions(name, host, port, MqttVersion.V5, null, null, tls ? NoTls : null);
        var remark = $"is announced at {broker.Address}, {why}";
        return new RosterEntry(broker, RosterState.Refused, Announced: true, announcement.Partition, remark);
    }

    private static RosterEntry Unknown(string name, int partition, bool held) =>
        new(
            new BrokerOptions(name, "", 0, MqttVersion.V5, null, null, null),
            RosterState.Unknown,
            Announced: false,
            partition,
            "is neither configured nor announced"
        )
        {
            Held = held,
        };

    private static (string, int) Place(BrokerOptions broker) => (broker.Host.ToLowerInvariant(), broker.Port);

    private static string TextOf(Configuration.BrokerAddress address) =>
        BrokerOptions.AddressOf(address.Tls, address.Host, address.Port);
}
