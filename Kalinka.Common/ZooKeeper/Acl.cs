using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper;

/// <summary>Who may do what with a znode.</summary>
/// <param name="Permissions">Read 1, write 2, create 4, delete 8, admin 16; 31 for all.</param>
public sealed record Acl(int Permissions, string Scheme, string Id)
{
    /// <summary>Everybody may do everything.</summary>
    public static readonly Acl Open = new(31, "world", "anyone");

    /// <summary>Only who has the same credentials as this session (<c>Auth</c> of the options).</summary>
    public static readonly Acl Creator = new(31, "auth", "");

    internal void Write(JuteWriter writer)
    {
        writer.WriteInt(Permissions);
        writer.WriteString(Scheme);
        writer.WriteString(Id);
    }

    internal static Acl Read(ref JuteReader reader)
    {
        var permissions = reader.ReadInt();
        var scheme = reader.ReadString();
        return new Acl(permissions, scheme, reader.ReadString());
    }
}
