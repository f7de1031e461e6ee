namespace Kalinka.Tests.Architecture;

/// <summary>One type as metadata names it; a nested type counts as its outermost one.</summary>
/// <param name="Assembly">Simple name of the assembly that defines it.</param>
internal readonly record struct TypeName(string Assembly, string Namespace, string Name)
{
    /// <summary>The namespace is <paramref name="root"/> or below it.</summary>
    public bool IsIn(string root) =>
        Namespace.StartsWith(root, StringComparison.Ordinal)
        && (Namespace.Length == root.Length || Namespace[root.Length] == '.');

    /// <summary>The first part of the namespace below <paramref name="root"/>; null outside it and in it itself.</summary>
    public string? FolderBelow(string root) =>
        IsIn(root) && Namespace.Length > root.Length ? Namespace[(root.Length + 1)..].Split('.')[0] : null;

    public override string ToString() => $"{Namespace}.{Name}";
}

/// <summary>The type <paramref name="User"/> mentions the type <paramref name="Used"/> somewhere, method bodies included.</summary>
internal readonly record struct TypeUse(TypeName User, TypeName Used)
{
    public override string ToString() => $"{User} uses {Used}";
}
