using System.Text.Json;
using System.Text.Json.Nodes;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Brokers;

/// <summary>The znodes <c>/brokers/name</c>, which several write: each changes its own fields and leaves the others.</summary>
public static class BrokerZnodes
{
    internal const string Root = "/brokers";

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
            change(fields);
            var data = JsonSerializer.SerializeToUtf8Bytes(fields);
            if (znode is { } there)
            {
                await client.SetDataAsync(path, data, there.Stat.Version, cancellationToken);
            }
            else if (fields.Count > 0)
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
