using System.Diagnostics.CodeAnalysis;
using Kalinka.Common.Mapping;

namespace Kalinka.Pub.Mapping;

/// <summary>One compiled rule.</summary>
internal sealed record PubRule(
    MqttPattern From,
    Template To,
    Template? Key,
    Template? Client,
    IReadOnlyList<PubRuleHeader> Headers
)
{
    /// <summary>
    /// Writes all that the rule makes of one message. Headers come first, so that a message that is rejected keeps them,
    /// and nobody can put his own in their place.
    /// </summary>
    public bool TryRender(ref PubValues values, MappedRecord into, [NotNullWhen(false)] out string? rejection)
    {
        rejection = RenderHeaders(ref values, into);
        if (!TryRender("Key", Key, ref values, into.KeyBytes, out var ofKey))
        {
            rejection ??= ofKey;
        }
        else
        {
            into.HasKey = Key is not null;
        }

        if (!TryRender("To", To, ref values, into.KafkaTopicBytes, out var ofTopic))
        {
            rejection ??= ofTopic;
        }

        // Only presence wants to know the client: without a legal name the message goes its way all the same.
        into.HasClient = Client is not null && Client.TryRender(ref values, into.ClientBytes, out _);
        return rejection is null;
    }

    // A header without a legal value stands there empty: its name is taken.
    private string? RenderHeaders(ref PubValues values, MappedRecord into)
    {
        string? first = null;
        for (var index = 0; index < Headers.Count; index++)
        {
            var header = Headers[index];
            if (!TryRender(header.Name, header.Value, ref values, into.HeaderValueBytes, out var rejection))
            {
                first ??= rejection;
                into.HeaderValueBytes.Clear();
            }

            into.Headers.Add(header.NameBytes, into.HeaderValueBytes.Written);
        }

        return first;
    }

    private static bool TryRender(
        string what,
        Template? template,
        ref PubValues values,
        ReusableBytes into,
        [NotNullWhen(false)] out string? rejection
    )
    {
        rejection = null;
        if (template is null || template.TryRender(ref values, into, out rejection))
        {
            return true;
        }

        rejection = $"{what} \"{template.Text}\": {rejection}";
        return false;
    }
}

/// <summary>A header that a rule gives to its records.</summary>
internal sealed record PubRuleHeader(string Name, byte[] NameBytes, Template Value);
