using System.Text.Json;
using System.Text.Json.Nodes;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Brokers;

/// <summary>The znodes <c>/brokers/name</c>, which several write: each changes its own fields and leaves the others.</summary>
public static class BrokerZnodes
{
    internal const string Root = "/brokers";

    // A znode may hold a megabyte.
    private const int ReadAtATime = 16;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    internal static string PathOf(string brokerName) => $"{Root}/{brokerName}";

    /// <summary>The names that have a znode.</summary>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    public static async Task<IReadOnlyList<string>> NamesAsync(
        ZooKeeperClient client,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await client.GetChildrenAsync(Root, cancellationToken);
        }
        catch (ZooKeeperException exception) when (exception.Code == KeeperCode.NoNode)
        {
            return [];
        }
    }

    /// <summary>What stands in these znodes; those that are gone meanwhile are left out.</summary>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    internal static async Task<IReadOnlyList<(string Name, Znode Znode)>> ReadAsync(
        ZooKeeperClient client,
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
    {
        var znodes = new List<(string, Znode)>();
        foreach (var some in names.Chunk(ReadAtATime))
        {
            var read = await Task.WhenAll(some.Select(name => client.FindDataAsync(PathOf(name), cancellationToken)));
            znodes.AddRange(
                some.Zip(read).Where(each => each.Second is not null).Select(each => (each.First, each.Second!.Value))
            );
        }

        return znodes;
    }

    /// <summary>Marks a broker as retired, or takes the mark away; whatever else its znode says stays.</summary>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    /// <exception cref="InvalidDataException">What stands in the znode is no JSON object: nothing is changed.</exception>
    public static Task MarkRetiredAsync(
        ZooKeeperClient client,
        string brokerName,
        bool retired,
        CancellationToken cancellationToken
    ) =>
        UpdateAsync(
            client,
            brokerName,
            fields =>
            {
                if (retired)
                {
                    fields[Announcement.StateField] = Announcement.RetiredState;
                }
                else if ((fields[Announcement.StateField] as JsonValue)?.ToString() == Announcement.RetiredState)
                {
                    fields.Remove(Announcement.StateField);
                }
            },
            cancellationToken
        );

    /// <summary>The partition of every broker that has one, by name.</summary>
    /// <exception cref="ZooKeeperException">The ensemble refused it.</exception>
    public static async Task<IReadOnlyDictionary<string, int>> PartitionsAsync(
        ZooKeeperClient client,
        CancellationToken cancellationToken
    )
    {
        var partitions = new Dictionary<string, int>();
        foreach (
            var (name, znode) in await ReadAsync(client, await NamesAsync(client, cancellationToken), cancellationToken)
        )
        {
            if (Announcement.Parse(znode.Data, out _) is { Partition: { } partition })
            {
                partitions[name] = partition;
            }
        }

        return partitions;
    }

    /// <summary>
    /// Gives a broker its partition of the delivery topic, unless it has one: that never changes. Whoever is first decides.
    /// </summary>
    /// <param name="choose">Called when it has none; may be called several times.</param>
    /// <returns>The partition that the broker has now.</returns>
    /// <inheritdoc cref="MarkRetiredAsync"/>
    public static async Task<int> AssignPartitionAsync(
        ZooKeeperClient client,
        string brokerName,
        Func<int> choose,
        CancellationToken cancellationToken
    )
    {
        var partition = -1;
        await UpdateAsync(
            client,
            brokerName,
            fields =>
            {
                if ((fields[Announcement.PartitionField] as JsonValue)?.TryGetValue(out partition) != true)
                {
                    partition = choose();
                    fields[Announcement.PartitionField] = partition;
                }
            },
            cancellationToken
        );
        return partition;
    }

    /// <summary>Has a broker's traffic parked, or sent again; whatever else its znode says stays.</summary>
    /// <inheritdoc cref="MarkRetiredAsync"/>
    public static Task MarkHeldAsync(
        ZooKeeperClient client,
        string brokerName,
        bool held,
        CancellationToken cancellationToken
    ) =>
        UpdateAsync(
            client,
            brokerName,
            fields =>
            {
                fields.Remove(Announcement.HeldField);
                if (held)
                {
                    fields[Announcement.HeldField] = true;
                }
            },
            cancellationToken
        );

    /// <summary>Changes fields by compare-and-set, again and again until nobody was faster; makes the znode when it is missing.</summary>
    /// <param name="change">May be called several times, with the fields as they are then.</param>
    /// <inheritdoc cref="MarkRetiredAsync"/>
    internal static async Task UpdateAsync(
        ZooKeeperClient client,
        string brokerName,
        Action<JsonObject> change,
        CancellationToken cancellationToken
    )
    {
        while (!await TryUpdateAsync(client, PathOf(brokerName), change, cancellationToken)) { }
    }

    private static async Task<bool> TryUpdateAsync(
        ZooKeeperClient client,
        string path,
        Action<JsonObject> change,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var znode = await client.FindDataAsync(path, cancellationToken);
            var fields = znode is { Data.Length: > 0 } written ? Parse(path, written.Data) : [];
            var before = JsonSerializer.SerializeToUtf8Bytes(fields);
            change(fields);
            var data = JsonSerializer.SerializeToUtf8Bytes(fields);
            if (data.AsSpan().SequenceEqual(before))
            {
                return true;
            }

            if (znode is { } there)
            {
                await client.SetDataAsync(path, data, there.Stat.Version, cancellationToken);
            }
            else
            {
                await client.EnsurePathAsync(Root, cancellationToken);
                await client.CreateAsync(path, data, CreateMode.Persistent, null, cancellationToken);
            }

            return true;
        }
        catch (ZooKeeperException exception)
            when (exception.IsTransient
                || exception.Code is KeeperCode.BadVersion or KeeperCode.NodeExists or KeeperCode.NoNode
            )
        {
            return false;
        }
    }

    private static JsonObject Parse(string path, byte[] data)
    {
        try
        {
            if (JsonNode.Parse(data, documentOptions: Strict) is JsonObject fields)
            {
                return fields;
            }
        }
        catch (JsonException)
        {
            // Told below, without a quotation of what stands there.
        }

        throw new InvalidDataException($"{path} holds no JSON object: mend it, or delete it");
    }
}
