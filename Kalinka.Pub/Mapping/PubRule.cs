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
    /// <summary>Writes all that the rule makes of one message.</summary>
    public bool TryRender(ref PubValues values, MappedRecord into, [NotNullWhen(false)] out string? rejection) =>
        TryRender("To", To, ref values, into.KafkaTopicBytes, out rejection)
        && TryRender("Key", Key, ref values, into.KeyBytes, out rejection)
        && TryRender("Client", Client, ref values, into.ClientBytes, out rejection)
        && TryRenderHeaders(ref values, into, out rejection);

    private bool TryRenderHeaders(ref PubValues values, MappedRecord into, [NotNullWhen(false)] out string? rejection)
    {
        rejection = null;
        for (var index = 0; index < Headers.Count; index++)
        {
            var header = Headers[index];
            if (!TryRender(header.Name, header.Value, ref values, into.HeaderValueBytes, out rejection))
            {
                return false;
            }

            into.Headers.Add(header.NameBytes, into.HeaderValueBytes.Written);
        }

        return true;
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
